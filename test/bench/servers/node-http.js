// The same without Koa: what node:http alone takes to read the body and answer a constant.
import { createServer } from "node:http";
import { answer } from "./answer.js";
import { listen } from "./listen.js";

const headers = { "content-type": "application/xml", "content-length": Buffer.byteLength(answer) };
const server = createServer((req, res) => {
  const chunks = [];
  req.on("data", (chunk) => chunks.push(chunk));
  req.on("end", () => {
    Buffer.concat(chunks);
    res.writeHead(200, headers).end(answer);
  });
});
listen(server);
