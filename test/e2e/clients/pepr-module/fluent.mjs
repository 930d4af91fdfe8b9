import { K8s, kind } from 'kubernetes-fluent-client'

const namespace = 'fluent'
await K8s(kind.Namespace).Apply({ metadata: { name: namespace } })
await K8s(kind.ConfigMap).Apply({ metadata: { name: 'x', namespace }, data: { a: '1' } })
const phases = []
const watcher = K8s(kind.Pod)
  .InNamespace(namespace)
  .Watch((pod, phase) => phases.push(`${phase} ${pod.metadata.name}`))
await watcher.start()
await K8s(kind.Pod).Create({ metadata: { name: 'p', namespace }, spec: { containers: [{ name: 'c', image: 'i' }] } })
await K8s(kind.Pod).InNamespace(namespace).Delete('p')
while (!phases.includes('DELETED p')) await new Promise((resolve) => setTimeout(resolve, 50))
watcher.close()
const missing = await K8s(kind.ConfigMap)
  .InNamespace(namespace)
  .Get('none')
  .catch(({ status }) => status)
const template = { metadata: { labels: { a: 'b' } }, spec: { containers: [{ name: 'c', image: 'i' }] } }
const deployment = await K8s(kind.Deployment).Apply({ metadata: { name: 'd', namespace }, spec: { selector: { matchLabels: { a: 'b' } }, template } })
console.log(JSON.stringify({ first: phases[0], missing, strategy: deployment.spec.strategy.type }))
process.exit(0)
