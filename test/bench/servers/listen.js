/** Serves on a free port and tells the bench which; says what it has used when asked. */
export function listen(app) {
  const server = app.listen(0, "127.0.0.1", () => process.send?.({ port: server.address().port }));
  process.on("message", () => {
    // Collected first where the bench measures memory.
    globalThis.gc?.();
    const { user, system } = process.cpuUsage();
    const { heapUsed, rss } = process.memoryUsage();
    process.send?.({ cpu: user + system, heap: heapUsed, rss });
  });
  process.on("disconnect", () => process.exit(0));
}
