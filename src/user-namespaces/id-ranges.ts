/** Subordinate ids of the node, the first and how many, as `/etc/subuid` has them. */
export interface SubordinateIds {
  readonly first: number
  readonly length: number
}

/** The node's ids cut into equal parts, one for each pod that has a user namespace of its own. */
export interface IdRanges {
  readonly first: number
  readonly idsPerPod: number
  readonly count: number
}

/** kubelet 1.36, pkg/kubelet/userns: parts are made of so many ids. */
export const idUnit = 65_536
/** The last id of all is none: -1. */
const lastId = 2 ** 32 - 2

/** Where nothing is said: all ids but those of the first part, which are the node's own users. */
export const defaultIds = (idsPerPod: number): SubordinateIds => ({ first: idsPerPod, length: Math.floor((lastId + 1) / idsPerPod) * idsPerPod - idsPerPod })

/** What `getsubids` says of one user: `0: kubelet 65536 7208960`. Throws in a kubelet's words. */
export function parseSubordinateIds(output: string): SubordinateIds {
  const lines = output.replace(/^\n+|\n+$/g, '').split('\n')
  if (lines.length !== 1) throw new Error(`error parsing line ${JSON.stringify(output)}: it must contain only one line`)
  const parts = (lines[0] ?? '').trim().split(/\s+/)
  const [first, length] = parts.slice(2).map((part) => (/^\d{1,10}$/.test(part) ? Number(part) : Number.NaN))
  if (parts.length !== 4 || first === undefined || length === undefined || !(first <= lastId + 1 && length <= lastId + 1))
    throw new Error(`invalid line ${JSON.stringify(lines[0])}`)
  return { first, length }
}

/** Cuts ids into parts. Throws in a kubelet's words where they are not what it takes: whole parts, none of them the node's own users, and enough for all pods. */
export function cutIds({ first, length }: SubordinateIds, idsPerPod: number, maxPods: number): IdRanges {
  if (idsPerPod % idUnit !== 0) throw new Error(`kubelet user namespace length ${idsPerPod} is not a multiple of ${idUnit}`)
  if (first % idsPerPod !== 0) throw new Error(`kubelet user assigned ID ${first} is not a multiple of ${idsPerPod}`)
  if (first < idsPerPod) throw new Error(`kubelet user assigned ID ${first} must be greater or equal to ${idsPerPod}`)
  if (length % idsPerPod !== 0) throw new Error(`kubelet user assigned IDs length ${length} is not a multiple of ${idsPerPod}`)
  const count = length / idsPerPod
  if (count < maxPods) throw new Error(`kubelet user assigned IDs are not enough to support ${maxPods} pods`)
  return { first, idsPerPod, count }
}

/** Which part begins with this id. Throws where none does. */
export function partOf({ first, idsPerPod, count }: IdRanges, hostId: number, length: number): number {
  if (length !== idsPerPod) throw new Error(`wrong user namespace length ${length}`)
  if (hostId % idsPerPod !== 0) throw new Error(`wrong user namespace offset specified ${hostId}`)
  const index = (hostId - first) / idsPerPod
  if (index < 0 || index >= count) throw new Error(`id ${hostId} is out of range`)
  return index
}
