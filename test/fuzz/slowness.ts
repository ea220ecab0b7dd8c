/** How many times as long as a usual machine this one takes now, for work that is always the same; 1 at least. */
export function slowness(): number {
  const times = Array.from({ length: 8 }, () => {
    const begun = process.cpuUsage();
    let bits = 1;
    for (let left = 4_500_000; left > 0; left--) {
      bits ^= bits << 13;
      bits ^= bits >>> 17;
      bits ^= bits << 5;
    }
    const { user, system } = process.cpuUsage(begun);
    return (user + system) / 1000;
  });
  return Math.max(1, Math.min(...times) / 10);
}
