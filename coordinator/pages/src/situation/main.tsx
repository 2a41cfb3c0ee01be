// SPDX-License-Identifier: Apache-2.0
import "../theme/tokens.css";
import "../theme/base.css";
import "./situation.css";
import "../matrix/matrix.css";
import "../why/why.css";
import { startPage } from "../frame/frame";
import { Situation } from "./situation";

startPage("situation", Situation);
