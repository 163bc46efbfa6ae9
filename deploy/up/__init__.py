"""`./wayside up`: the whole line on one machine, watched until Ctrl-C."""
