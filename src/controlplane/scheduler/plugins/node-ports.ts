import type { Plugin, Refusal } from '../framework/plugin.ts'

const refusal: Refusal = { reasons: ["node(s) didn't have free ports for the requested pod ports"] }

/** Each port of a node is one pod's. */
export const nodePorts: Plugin = {
  name: 'NodePorts',
  preFilter: ({ ports }) => (ports.length === 0 ? undefined : { filter: (node) => (ports.some((port) => node.ports.conflicts(port)) ? refusal : undefined) }),
  mayHelp(event, { ports }) {
    if (event.kind === 'node') return event.changed.added
    if (event.kind !== 'pod' || event.change !== 'gone') return false
    return ports.some(({ port, protocol }) => event.pod.ports.some((freed) => freed.port === port && freed.protocol === protocol))
  },
}
