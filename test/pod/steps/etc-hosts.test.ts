import assert from 'node:assert/strict'
import { test } from 'node:test'
import { etcHosts } from '../../../actors/pod/steps/etc-hosts.ts'
import type { Pod } from '../../../src/kube/objects.ts'

const pod = (spec: object) => ({ metadata: { name: 'web', namespace: 'shop' }, spec }) as Pod

test('the managed hosts file names the pod by its addresses and adds the aliases', () => {
  const content = etcHosts(
    pod({ hostname: 'h', subdomain: 'sub', hostAliases: [{ ip: '1.2.3.4', hostnames: ['a', 'b'] }] }),
    ['10.0.0.5', 'fd00::5'],
    'cluster.local',
    '',
  )
  assert.equal(
    content,
    `# Kubernetes-managed hosts file.
127.0.0.1\tlocalhost
::1\tlocalhost ip6-localhost ip6-loopback
fe00::0\tip6-localnet
fe00::0\tip6-mcastprefix
fe00::1\tip6-allnodes
fe00::2\tip6-allrouters
10.0.0.5\th.sub.shop.svc.cluster.local\th
fd00::5\th.sub.shop.svc.cluster.local\th

# Entries added by HostAliases.
1.2.3.4\ta\tb
`,
  )
})

test('a host-network pod sees the node’s own file', () => {
  const content = etcHosts(pod({ hostNetwork: true }), ['192.0.2.1'], 'cluster.local', '127.0.0.1 localhost node\n')
  assert.equal(content, '# Kubernetes-managed hosts file (host network).\n127.0.0.1 localhost node\n')
})
