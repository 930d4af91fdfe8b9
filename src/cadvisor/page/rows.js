/** What can be sorted by, in the order of the columns. `of` gives what is compared; numbers fall first, words rise. */
export const columns = [
  { key: 'name', title: 'Pod', of: (row) => `${row.pod.name} ${row.pod.namespace}` },
  { key: 'status', title: 'Status', of: (row) => `${{ bad: 0, waiting: 1, good: 2, done: 3 }[row.pod.health]}${row.pod.status}` },
  { key: 'cpu', title: 'CPU', number: true, of: (row) => row.figures.cpu },
  { key: 'memory', title: 'Memory', number: true, of: (row) => row.figures.memory },
  { key: 'throttled', title: 'Throttled', number: true, of: (row) => row.figures.throttled },
  { key: 'disk', title: 'Disk ↓ ↑', number: true, of: (row) => sum(row.figures.read, row.figures.write) },
  { key: 'network', title: 'Network ↓ ↑', number: true, of: (row) => sum(row.figures.received, row.figures.sent) },
  { key: 'processes', title: 'Procs', number: true, of: (row) => row.figures.threads },
  { key: 'restarts', title: 'Restarts', number: true, of: (row) => row.pod.restarts },
  { key: 'last', title: 'Last exit', of: (row) => lastExit(row.pod)?.reason ?? '~' },
  { key: 'age', title: 'Age', number: true, of: (row) => row.pod.createdAt },
]

const sum = (one, other) => (one === null && other === null ? null : (one ?? 0) + (other ?? 0))

/** The newest end of any of its containers. */
export function lastExit(pod) {
  let newest
  for (const { state, last, exitCode, reason, finishedAt } of pod.containers) {
    const ended = state === 'terminated' ? { exitCode, reason, finishedAt } : last
    if (ended && (ended.finishedAt ?? 0) >= (newest?.finishedAt ?? 0)) newest = ended
  }
  return newest
}

const words = (pod) =>
  `${pod.namespace}/${pod.name} ${pod.status} ${pod.ip} ${pod.containers.map(({ name, image }) => `${name} ${image}`).join(' ')}`.toLowerCase()

/** The rows of the table: the node, then the pods that are searched for, sorted, with the containers of those that are open. */
export function rowsOf(store, { search, sort, descending, open }) {
  const asked = search.toLowerCase().split(/\s+/).filter(Boolean)
  const column = columns.find(({ key }) => key === sort) ?? columns[0]
  const found = []
  for (const pod of store.pods.values()) {
    const text = words(pod)
    if (asked.every((word) => text.includes(word))) found.push({ kind: 'pod', key: String(pod.id), pod, figures: store.pod(pod) })
  }
  const sign = descending ? -1 : 1
  const ranked = found.map((row) => ({ row, value: column.of(row), name: columns[0].of(row) }))
  ranked.sort((one, other) => sign * compare(one.value, other.value) || compare(one.name, other.name))
  const rows = [{ kind: 'node', key: 'node' }]
  for (const { row } of ranked) {
    rows.push(row)
    if (!open.has(row.pod.uid)) continue
    for (const container of row.pod.containers)
      rows.push({ kind: 'container', key: `${row.key}/${container.id}`, pod: row.pod, container, figures: store.container(container.id) })
  }
  return { rows, found: found.length }
}

/** What is unknown is least. */
function compare(one, other) {
  if (one === other) return 0
  if (one === null || one === undefined) return -1
  if (other === null || other === undefined) return 1
  return one < other ? -1 : 1
}
