// Hints are compared in English, whatever the machine speaks; child processes inherit it.
process.env.LC_ALL = "C.UTF-8";
