import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { asHeaders, asPairs } from '../../src/config/parse-values.ts'
import { pods } from '../../src/controlplane/apiserver/kinds/core/pods.ts'
import { secrets } from '../../src/controlplane/apiserver/kinds/core/secrets.ts'
import { mergePatch } from '../../src/controlplane/apiserver/patch/merge-patch.ts'
import { strategicMergePatch } from '../../src/controlplane/apiserver/patch/strategic-merge.ts'
import { parseFieldSelector } from '../../src/controlplane/apiserver/rest/field-selector.ts'
import { downwardField } from '../../src/kube/downward.ts'
import { nodeAffinityMatches } from '../../src/kube/node-affinity.ts'
import type { Node, Pod } from '../../src/kube/objects.ts'
import { defaultPod } from '../../src/kube/pod-defaults.ts'
import { validatePod } from '../../src/kube/validation/pod-validation.ts'
import { aPod } from '../support/builders.ts'

const name = fc.constantFrom(...Object.getOwnPropertyNames(Object.prototype))
const withField = (key: string, value: unknown) => JSON.parse(`{${JSON.stringify(key)}:${JSON.stringify(value)}}`) as Record<string, string>
const written = (value: unknown) => JSON.stringify(value)

test('a patch sets and removes a name that objects inherit as any other', () => {
  fc.assert(
    fc.property(name, (key) => {
      const patch = { data: withField(key, 'x') }
      assert.equal(written(mergePatch({ data: { a: '1' } }, patch)), written({ data: { a: '1', ...withField(key, 'x') } }))
      assert.equal(written(strategicMergePatch('core/v1.ConfigMap', { data: { a: '1' } }, patch)), written({ data: { a: '1', ...withField(key, 'x') } }))
      assert.equal(written(mergePatch({ data: withField(key, 'x') }, { data: withField(key, null) })), '{"data":{}}')
      assert.equal(written(mergePatch({}, withField(key, { a: 1 }))), written(withField(key, { a: 1 })))
    }),
  )
})

test('a label that is not there is nothing, whatever it is called', () => {
  fc.assert(
    fc.property(name, (key) => {
      assert.equal(downwardField(aPod().build(), `metadata.labels['${key}']`), '')
      const pod = { spec: { containers: [], nodeSelector: withField(key, 'x') } } as Pod
      assert.equal(nodeAffinityMatches(pod, { metadata: { labels: {} } } as Node), false)
      assert.equal(nodeAffinityMatches(pod, { metadata: { labels: withField(key, 'x') } } as unknown as Node), true)
      const exists = { nodeSelectorTerms: [{ matchExpressions: [{ key, operator: 'Exists' }] }] }
      const wants = { spec: { containers: [], affinity: { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: exists } } } } as Pod
      assert.equal(nodeAffinityMatches(wants, { metadata: {} } as Node), false)
    }),
  )
})

test('a field that a kind cannot be selected by is refused, whatever it is called', () => {
  fc.assert(fc.property(name, (key) => assert.throws(() => parseFieldSelector(pods, `${key}=x`), { code: 400, message: `field label not supported: ${key}` })))
})

test('flags with such names are kept as they are', () => {
  fc.assert(
    fc.property(name, (key) => {
      assert.equal(written(asHeaders('--h', `${key}:a,${key}:b`)), written(withField(key, ['a', 'b'])))
      assert.equal(written(asPairs('--p', `${key}=1`, '=')), written(withField(key, '1')))
    }),
  )
})

test('secrets and resources with such names are defaulted and checked as any other', () => {
  fc.assert(
    fc.property(name, (key) => {
      const secret = { type: key, stringData: withField(key, 'x') }
      secrets.defaults(secret as never)
      assert.equal(written(secret), written({ type: key, data: withField(key, 'eA==') }))
      assert.deepEqual(secrets.validate(secret as never), [])
      const pod = {
        metadata: { name: 'p' },
        spec: { containers: [{ name: 'c', image: 'i', resources: { limits: withField(`x.y/${key}`, '1') } }] },
      } as unknown as Pod
      defaultPod(pod)
      assert.equal(written(pod.spec?.containers[0]?.resources?.requests), written(withField(`x.y/${key}`, '1')))
      // Only that such a name may begin with an underscore is wrong with it.
      const told = validatePod(pod)
      assert.deepEqual(told.length > 0, key.startsWith('_'), written(told))
      const odd = { metadata: { name: 'p' }, spec: { containers: [{ name: 'c', image: 'i', resources: { requests: withField(key, '1') } }] } } as unknown as Pod
      defaultPod(odd)
      assert.match(written(validatePod(odd)), /must be a standard resource for containers/)
    }),
  )
})

test('labels are shown as Go quotes them', () => {
  const pod = { metadata: { annotations: { b: 'line\nend\u0007\u007f', a: '"é"' } } } as unknown as Pod
  assert.equal(downwardField(pod, 'metadata.annotations'), 'a="\\"é\\""\nb="line\\nend\\a\\x7f"')
})
