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
  const keyed = merged.map((item) => {
    const key = keyOf(item)
    return { item, inPatch: patchAt.get(key), onServer: serverAt.get(key) }
  })
  const fromPatch = keyed.filter(({ inPatch }) => inPatch !== undefined).sort((a, b) => (a.inPatch ?? 0) - (b.inPatch ?? 0))
  const fromServer = keyed.filter(({ inPatch }) => inPatch === undefined).sort((a, b) => (a.onServer ?? 0) - (b.onServer ?? 0))
  const ordered: unknown[] = []
  let right = 0
  for (const ours of fromServer) {
    for (let theirs = fromPatch[right]; theirs && !comesFirst(ours.onServer, theirs.onServer); theirs = fromPatch[right]) {
      ordered.push(theirs.item)
      right += 1
    }
    ordered.push(ours.item)
  }
  return [...ordered, ...fromPatch.slice(right).map(({ item }) => item)]
}

const comesFirst = (ours: number | undefined, theirs: number | undefined) => ours !== undefined && theirs !== undefined && ours < theirs

function positions(items: readonly unknown[], keyOf: (item: unknown) => string): Map<string, number> {
  return new Map(items.map((item, index) => [keyOf(item), index]))
}
