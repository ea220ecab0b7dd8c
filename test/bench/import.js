// Imports a module in a process of its own and says how long that took, and what it left running.
const begun = performance.now();
await import(process.argv[2]);
const milliseconds = performance.now() - begun;
await new Promise((resolve) => setImmediate(resolve));
const own = new Set(["PipeWrap", "TTYWrap"]);
const running = process.getActiveResourcesInfo().filter((resource) => !own.has(resource));
process.send({ milliseconds, running });
process.on("message", () => {});
