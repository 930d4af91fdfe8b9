/**
 * The order of a merged list, as k8s.io/apimachinery's `normalizeElementOrder` has it: items of the patch in the patch's order, the server's own
 * in theirs, and between the two the server's old order where it knew both, else the patch's item first.
 */
export function orderItems(
  merged: readonly unknown[],
  patchOrder: readonly unknown[],
  serverOrder: readonly unknown[],
  keyOf: (item: unknown) => string,
): unknown[] {
  const patchAt = positions(patchOrder, keyOf)
  const serverAt = positions(serverOrder, keyOf)
  const by = (order: ReadonlyMap<string, number>) => (a: unknown, b: unknown) => (order.get(keyOf(a)) ?? 0) - (order.get(keyOf(b)) ?? 0)
  const fromPatch = merged.filter((item) => patchAt.has(keyOf(item))).sort(by(patchAt))
  const fromServer = merged.filter((item) => !patchAt.has(keyOf(item))).sort(by(serverAt))
  const ordered: unknown[] = []
  let [left, right] = [0, 0]
  while (left < fromServer.length && right < fromPatch.length) {
    const ours = serverAt.get(keyOf(fromServer[left]))
    const theirs = serverAt.get(keyOf(fromPatch[right]))
    if (ours !== undefined && theirs !== undefined && ours < theirs) ordered.push(fromServer[left++])
    else ordered.push(fromPatch[right++])
  }
  return [...ordered, ...fromServer.slice(left), ...fromPatch.slice(right)]
}

function positions(items: readonly unknown[], keyOf: (item: unknown) => string): Map<string, number> {
  return new Map(items.map((item, index) => [keyOf(item), index]))
}
