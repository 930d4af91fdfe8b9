import assert from 'node:assert/strict'
import { test } from 'node:test'
import { problemsOf } from './pod-lab.ts'

const account = { serviceAccountName: 'default' }
const cases: readonly (readonly [string, Record<string, unknown>, readonly string[]])[] = [
  ['two sources', { emptyDir: {}, hostPath: { path: '/a' } }, ['hostPath: Forbidden: may not specify more than 1 volume type']],
  ['a negative size', { emptyDir: { sizeLimit: '-1' } }, ['emptyDir.sizeLimit: Forbidden: SizeLimit field must be a valid resource quantity']],
  ['a server without a path', { nfs: { server: 's' } }, ['nfs.path: Required value', 'nfs.path: Invalid value: "": must be an absolute path']],
  [
    'a mode of files',
    { secret: { secretName: 's', defaultMode: 0o1000 } },
    ['secret.defaultMode: Invalid value: 512: must be a number between 0 and 0777 (octal), both inclusive'],
  ],
  [
    'a reserved path',
    { configMap: { name: 'm', items: [{ key: 'k', path: '..a' }] } },
    ['configMap.items[0].path: Invalid value: "..a": must not start with \'..\''],
  ],
  ['a file of nothing', { downwardAPI: { items: [{ path: 'a' }] } }, ['downwardAPI: Required value: one of fieldRef and resourceFieldRef is required']],
  [
    'a file of a field that is no file',
    { downwardAPI: { items: [{ path: 'a', fieldRef: { fieldPath: 'spec.nodeName' } }] } },
    [
      'downwardAPI.fieldRef.fieldPath: Unsupported value: "spec.nodeName": supported values: "metadata.annotations", "metadata.labels", "metadata.name", "metadata.namespace", "metadata.uid"',
    ],
  ],
  [
    'a file of a resource of nobody',
    { downwardAPI: { items: [{ path: 'a', resourceFieldRef: { resource: 'limits.cpu' } }] } },
    ['downwardAPI.resourceFieldRef.containerName: Required value'],
  ],
  [
    'a short token',
    { projected: { sources: [{ serviceAccountToken: { path: 't', expirationSeconds: 5 } }] } },
    ['projected.sources[0].serviceAccountToken.expirationSeconds: Invalid value: 5: may not specify a duration less than 10 minutes'],
  ],
  [
    'a path twice',
    { projected: { sources: [{ secret: { name: 's', items: [{ key: 'a', path: 'x' }] } }, { configMap: { name: 'm', items: [{ key: 'a', path: 'x' }] } }] } },
    ['projected: Invalid value: "m": conflicting duplicate paths'],
  ],
  [
    'two in one source',
    { projected: { sources: [{ secret: { name: 's' }, configMap: { name: 'm' } }] } },
    ['projected.sources[0]: Forbidden: may not specify more than 1 volume type per source'],
  ],
  [
    'a driver',
    { csi: { driver: 'a b' } },
    [
      "csi.driver: Invalid value: \"a b\": a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')",
    ],
  ],
  ['a claim to be made of nothing', { ephemeral: {} }, ['ephemeral.volumeClaimTemplate: Required value']],
]
for (const [what, source, expected] of cases)
  test(`a volume of ${what} is refused in upstream’s words`, () =>
    assert.deepEqual(
      problemsOf({ ...account, volumes: [{ name: 'v', ...source }] }),
      expected.map((problem) => (problem.startsWith('spec') ? problem : `spec.volumes[0].${problem}`)),
    ))

test('a claim that is made for a volume of the pod is no other’s', () => {
  const volumes = [
    { name: 'own', ephemeral: { volumeClaimTemplate: { spec: { accessModes: ['ReadWriteOnce'] } } } },
    { name: 'other', persistentVolumeClaim: { claimName: 'a-own' } },
  ]
  assert.deepEqual(problemsOf({ volumes }), [
    'spec.volumes[1].persistentVolumeClaim.claimName: Invalid value: "a-own": must not reference a PVC that gets created for an ephemeral volume',
  ])
})
