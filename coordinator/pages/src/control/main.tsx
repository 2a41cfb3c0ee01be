// SPDX-License-Identifier: Apache-2.0
import "../theme/tokens.css";
import "../theme/base.css";
import "./control.css";
import { startPage } from "../frame/frame";
import { Control } from "./control";

startPage("control", Control);
