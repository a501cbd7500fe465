/**
 * Who counts as one when connections are counted: an IPv4 address, and of IPv6, of which one machine has many, the
 * network of 64 bits that it is in.
 */
export function addressKey(address: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address);
  if (mapped !== null) return mapped[1]!;
  if (!address.includes(":")) return address;
  const [head, tail] = address.replace(/%.*$/, "").split("::");
  const groups = head === "" ? [] : head!.split(":");
  if (tail !== undefined) {
    const rest = tail === "" ? [] : tail.split(":");
    while (groups.length + rest.length < 8) groups.push("0");
  }
  return `${groups.slice(0, 4).map((group) => parseInt(group || "0", 16).toString(16)).join(":")}::/64`;
}

/** Whether an address is one of this machine alone, in the form in which the runtime tells addresses. */
export function isLoopback(address: string): boolean {
  return address === "::1" || addressKey(address).startsWith("127.");
}
