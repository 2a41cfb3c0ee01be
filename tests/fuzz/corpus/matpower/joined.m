mpc.baseMVA=1e2
mpc.bus=[70 1 5 0 0 0 1 1 0 110;7 3 0 0 0 0 1 1 0 110] % two
mpc.gen=[7 1 0 0 0 0 0 1 Inf]
mpc.branch = [7 70 0 .5 ... joined
 0 Inf 0 0 .9 -2 0];
mpc.n={'a';"b", 3}
x.y(3)=4