import type { Service } from '../../../../kube/objects.ts'
import { counted, one } from './quantities.ts'
import type { Evaluator } from './quota-kind.ts'

const names = new Set(['count/services', 'services', 'services.nodeports', 'services.loadbalancers'])

/** Services: how many, the ports that they take of nodes, and load balancers. */
export const serviceEvaluator: Evaluator = {
  handles: (operation, subresource) => subresource === '' && operation !== 'DELETE',
  counts: (name) => names.has(name),
  usage(object) {
    const { type, ports = [], allocateLoadBalancerNodePorts } = (object as Service).spec ?? {}
    const balanced = type === 'LoadBalancer'
    const own = balanced && allocateLoadBalancerNodePorts === false ? ports.filter(({ nodePort }) => nodePort) : ports
    return new Map([
      ['count/services', one],
      ['services', one],
      ['services.nodeports', counted(type === 'NodePort' || balanced ? own.length : 0)],
      ['services.loadbalancers', counted(balanced ? 1 : 0)],
    ])
  },
  inScope: () => false,
}
