/// <reference lib="deno.worker" />
/** A client on a thread of its own that reads a replay to its end, and tells how many ticks came in how long. */
self.onmessage = ({ data: address }: MessageEvent<string>) => {
  const socket = new WebSocket(address);
  socket.binaryType = "arraybuffer";
  let ticks = 0;
  let from = 0;
  socket.onopen = () =>
    socket.send(JSON.stringify({ command: "subscribe", exchange: "nse", mode: "snapquote" }));
  socket.onmessage = ({ data }: MessageEvent<string | ArrayBuffer>) => {
    if (typeof data !== "string") {
      from ||= performance.now();
      const view = new DataView(data);
      for (let at = 0; at < view.byteLength; at += 2 + view.getUint16(at, true)) ticks++;
    } else if (JSON.parse(data).type === "end") {
      const seconds = (performance.now() - from) / 1000;
      socket.onclose = () => self.postMessage({ ticks, seconds });
      socket.close();
    }
  };
};
