/** Where the broker's REST calls are; nothing of them is passed on. */
const REST = /^\/+(?:rest|gtt-service|order-service)(?:\/|$)/;

/**
 * The answer to a REST call of a program that was written for the broker; undefined for any other path. It is HTTP
 * 200 with `status: false`: the broker's SDKs take another status for a success, or cannot read it.
 */
export function restRefusal(path: string): Response | undefined {
  if (!REST.test(path)) return undefined;
  return Response.json({
    status: false,
    message:
      "This is a SmartAPI proxy: it streams market data on /smart-stream and takes no REST calls or orders",
    errorcode: "AB2000",
    data: null,
  }, { headers: { "x-content-type-options": "nosniff", "cache-control": "no-store" } });
}
