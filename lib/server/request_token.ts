/** The access token of a request: browsers can only put it into the address. */
export function tokenOf(headers: Headers, query: URLSearchParams): string | undefined {
  const bearer = /^Bearer +(\S+)$/i.exec(headers.get("authorization") ?? "");
  return bearer?.[1] ?? query.get("token") ?? undefined;
}
