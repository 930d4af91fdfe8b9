import { a, Capability, PeprModule } from 'pepr'
import cfg from './package.json'

const hello = new Capability({ name: 'hello', description: 'Labels pods, and refuses those that say no.', namespaces: ['default'] })
const { When } = hello

When(a.Pod)
  .IsCreated()
  .Mutate((pod) => pod.SetLabel('pepr', 'was-here'))
  .Validate((pod) => (pod.HasLabel('no') ? pod.Deny('it says no') : pod.Approve()))

new PeprModule(cfg, [hello])
