// A static file server as people write it for Node: node static-server.mjs ROOT PORT WAY
// `url` and `base` read the path with the URL class, which takes `\` for `/`. `base` also takes `//x/y` and
// `/\x/y` for the path `/y` of a host. `path` splits the request target.

import { createServer } from "node:http";
import { readFile } from "node:fs/promises";
import path from "node:path";

const [root, port, way] = process.argv.slice(2);

const paths = {
  url: (request) => new URL(`http://localhost${request.url}`).pathname,
  base: (request) => new URL(request.url, "http://localhost").pathname,
  path: (request) => request.url.split("?")[0],
};

createServer(async (request, response) => {
  try {
    let file = path.join(root, path.normalize(decodeURIComponent(paths[way](request))));
    if (!file.startsWith(root + path.sep)) throw new Error("outside of the root");
    if (file.endsWith(path.sep)) file += "index.html";
    const content = await readFile(file);
    response.writeHead(200, { "Content-Type": "text/plain" }).end(content);
  } catch {
    response.writeHead(404, { "Content-Type": "text/plain" }).end("not found\n");
  }
}).listen(Number(port), "127.0.0.1");
