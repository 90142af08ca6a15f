// A WebSocket server made with the Node package `ws`. Prints its port; ends with its standard input.
"use strict";
const { WebSocketServer } = require("ws");

const server = new WebSocketServer({ host: "127.0.0.1", port: 0, perMessageDeflate: true, maxPayload: 1 << 26 });
server.on("listening", () => console.log(server.address().port));
server.on("connection", (connection, request) => {
  connection.on("message", (message, binary) => connection.send(message, { binary }));
  if (request.url === "/fragments") {
    connection.send("Fr", { fin: false });
    connection.send("ag", { fin: false });
    connection.send("ments ü", { fin: true });
    connection.send(Buffer.alloc(3000, 0), { binary: true, fin: false });
    connection.send(Buffer.alloc(0), { binary: true, fin: false });
    connection.send(Buffer.alloc(3000, 1), { binary: true, fin: true });
  } else if (request.url === "/ping") {
    connection.once("pong", (data) => connection.send(data.toString() === "are you there" ? "ponged" : "wrong"));
    connection.ping("are you there");
  } else if (request.url === "/closes") {
    connection.send("bye");
    connection.close(4001, "the server closes");
  }
});
process.stdin.on("end", () => process.exit(0));
process.stdin.resume();
