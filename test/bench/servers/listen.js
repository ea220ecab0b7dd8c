/** Serves on a free port and tells the bench which; says how much memory is in use when asked. */
export function listen(app) {
  const server = app.listen(0, "127.0.0.1", () => process.send?.({ port: server.address().port }));
  process.on("message", () => {
    globalThis.gc?.();
    process.send?.({ heap: process.memoryUsage().heapUsed });
  });
  process.on("disconnect", () => process.exit(0));
}
