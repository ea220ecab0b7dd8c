/**
 * The same bytes with every occurrence of `secret` made asterisks, also one that is spread over
 * pieces. The length stays what it was.
 */
export async function* redact(
  chunks: AsyncIterable<Uint8Array>,
  secret: string,
): AsyncGenerator<Buffer, void> {
  const needle = Buffer.from(secret);
  let tail = Buffer.alloc(0);
  for await (const chunk of chunks) {
    const data = Buffer.concat([tail, chunk]);
    if (needle.length > 0) {
      for (let at = data.indexOf(needle); at >= 0; at = data.indexOf(needle, at)) {
        data.fill("*", at, at + needle.length);
      }
    }
    // What may be the beginning of the secret waits for the next piece.
    const safe = Math.max(0, data.length - Math.max(0, needle.length - 1));
    tail = data.subarray(safe);
    if (safe > 0) yield data.subarray(0, safe);
  }
  if (tail.length > 0) yield tail;
}
