import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { parseObject } from '../../../../src/controlplane/apiserver/http/body/parse-body.ts'
import { decodeObject, type FieldValidation } from '../../../../src/controlplane/apiserver/rest/decode.ts'
import { writeJson } from '../../../../src/json/exact.ts'
import type { Pod } from '../../../../src/kube/objects.ts'

const kind = { group: '', version: 'v1', kind: 'Pod', model: 'core/v1.Pod' }
const maps = { group: '', version: 'v1', kind: 'ConfigMap', model: 'core/v1.ConfigMap' }

function decode(text: string, fieldValidation: FieldValidation = 'Warn', type = 'application/json', of: typeof kind = kind) {
  const warnings: string[] = []
  const { value, duplicates } = parseObject(Buffer.from(text), type, of)
  const object = decodeObject(of, value, { fieldValidation, duplicates, warn: (warning) => warnings.push(warning) })
  return { object: object as Pod, warnings }
}

const prefix = 'Pod in version "v1" cannot be handled as a Pod: '

describe('decoding', () => {
  const twice = '{"metadata":{"name":"a","name":"b","nope":1},"spec":{"containers":[{"name":"c","image":"i","image":"j","nope":1,"nope":2}]}}'
  const found = [
    'duplicate field "metadata.name"',
    'unknown field "metadata.nope"',
    'duplicate field "spec.containers[0].image"',
    'unknown field "spec.containers[0].nope"',
  ]

  it('tells of fields that are unknown or come twice, in order; the last value counts', () => {
    const { object, warnings } = decode(twice)
    assert.deepEqual(warnings, found)
    assert.equal(object.metadata?.name, 'b')
    assert.equal(object.spec?.containers[0]?.image, 'j')
    assert.deepEqual(decode(twice, 'Ignore').warnings, [])
    assert.throws(() => decode(twice, 'Strict'), { code: 400, message: `${prefix}strict decoding error: ${found.join(', ')}` })
  })

  it('tells of keys that come twice in YAML, by their lines', () => {
    const text = 'metadata:\n  name: a\n  name: b\nspec:\n  containers: []\n  nope: 1\nspec:\n  nodeName: n1\n'
    assert.deepEqual(decode(text, 'Warn', 'application/yaml').warnings, ['line 3: key "name" already set in map', 'line 7: key "spec" already set in map'])
    assert.throws(() => decode(text, 'Strict', 'application/yaml'), {
      message: `${prefix}strict decoding error: yaml: unmarshal errors:\n  line 3: key "name" already set in map\n  line 7: key "spec" already set in map`,
    })
  })

  it('tells of a hundred at most', () => {
    const many = `{${Array.from({ length: 1000 }, (_, index) => `"u${index}":1`).join()}}`
    assert.equal(decode(many).warnings.length, 100)
  })

  for (const [what, of, text, fault] of [
    ['a Secret', { group: '', version: 'v1', kind: 'Secret', model: 'core/v1.Secret' }, '{"data":{"a":"b2s=","b":"no base64!"}}', 2],
    ['a ConfigMap', { ...maps }, '{"binaryData":{"a":"aGFsbG8"}}', 4],
    [
      'a signing request',
      { group: 'certificates.k8s.io', version: 'v1', kind: 'CertificateSigningRequest', model: 'certificates/v1.CertificateSigningRequest' },
      '{"spec":{"request":"-----BEGIN"}}',
      0,
    ],
    [
      'a webhook',
      {
        group: 'admissionregistration.k8s.io',
        version: 'v1',
        kind: 'ValidatingWebhookConfiguration',
        model: 'admissionregistration/v1.ValidatingWebhookConfiguration',
      },
      '{"webhooks":[{"clientConfig":{"caBundle":"YQ=a"}}]}',
      2,
    ],
  ] as const)
    it(`refuses bytes of ${what} that are no base64, and says where it ends to be`, () => {
      const message = `${of.kind} in version "v1" cannot be handled as a ${of.kind}: illegal base64 data at input byte ${fault}`
      for (const validation of ['Ignore', 'Strict'] as const) assert.throws(() => decode(text, validation, 'application/json', of), { code: 400, message })
    })

  it('keeps bytes as Go writes them: without line ends, and with nothing in the bits that are no byte', () => {
    const secrets = { group: '', version: 'v1', kind: 'Secret', model: 'core/v1.Secret' }
    const { object } = decode('{"data":{"a":"aGFs\\r\\nbG8=\\n","b":"YR==","c":"","d":null}}', 'Warn', 'application/json', secrets)
    assert.deepEqual(object, { kind: 'Secret', apiVersion: 'v1', data: { a: 'aGFsbG8=', b: 'YQ==', c: '', d: '' }, metadata: {} })
  })

  for (const [what, text, message] of [
    [
      'a fraction where a whole number is wanted',
      '{"spec":{"terminationGracePeriodSeconds":1.5}}',
      'number 1.5 into Go struct field PodSpec.spec.terminationGracePeriodSeconds of type int64',
    ],
    [
      'a number beyond int64',
      '{"spec":{"terminationGracePeriodSeconds":9223372036854775808}}',
      'number 9223372036854775808 into Go struct field PodSpec.spec.terminationGracePeriodSeconds of type int64',
    ],
    ['a number beyond int32', '{"spec":{"priority":2147483648}}', 'number 2147483648 into Go struct field PodSpec.spec.priority of type int32'],
    ['a power', '{"spec":{"activeDeadlineSeconds":1e30}}', 'number 1e+30 into Go struct field PodSpec.spec.activeDeadlineSeconds of type int64'],
    [
      'text where a number is wanted',
      '{"spec":{"containers":[{"ports":[{"containerPort":"80"}]}]}}',
      'string into Go struct field ContainerPort.spec.containers.ports.containerPort of type int32',
    ],
    ['a number where text is wanted', '{"metadata":{"labels":{"a":1}}}', 'number into Go struct field ObjectMeta.metadata.labels of type string'],
    ['a list where an object is wanted', '{"spec":[]}', 'array into Go struct field Pod.spec of type v1.PodSpec'],
    ['an object where a list is wanted', '{"spec":{"containers":{}}}', 'object into Go struct field PodSpec.spec.containers of type []v1.Container'],
    ['true where a map is wanted', '{"metadata":{"labels":true}}', 'bool into Go struct field ObjectMeta.metadata.labels of type map[string]string'],
  ] as const) {
    it(`refuses ${what}, in Go’s words`, () => assert.throws(() => decode(text), { code: 400, message: `${prefix}json: cannot unmarshal ${message}` }))
  }

  it('takes null in a list for what is empty, and in a map of text too', () => {
    const { object } = decode('{"metadata":{"labels":{"a":null},"finalizers":[null]},"spec":{"containers":[null],"tolerations":[null]}}')
    assert.deepEqual(object.metadata, { labels: { a: '' }, finalizers: [''] })
    assert.deepEqual(object.spec, { containers: [{}], tolerations: [{}] })
  })

  it('keeps names that objects inherit as data, and finds them unknown as fields', () => {
    fc.assert(
      fc.property(fc.constantFrom(...Object.getOwnPropertyNames(Object.prototype)), (name) => {
        const text = `{"metadata":{"name":"a","annotations":{"${name}":"x"}},"data":{"${name}":"y"},"${name}":{"a":1}}`
        for (const type of ['application/json', 'application/yaml']) {
          const { object, warnings } = decode(text, 'Warn', type, maps)
          assert.equal(writeJson(object), `{"kind":"ConfigMap","apiVersion":"v1","metadata":{"name":"a","annotations":{"${name}":"x"}},"data":{"${name}":"y"}}`)
          assert.deepEqual(warnings, [`unknown field "${name}"`])
        }
        assert.equal(({} as { a?: unknown }).a, undefined)
      }),
    )
  })
})

describe('a quantity', () => {
  const refused = `${prefix}quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'`
  for (const [where, text] of [
    ['a container’s limits', '{"spec":{"containers":[{"resources":{"limits":{"cpu":"a"}}}]}}'],
    ['the overhead', '{"spec":{"overhead":{"cpu":""}}}'],
    ['a volume’s size', '{"spec":{"volumes":[{"emptyDir":{"sizeLimit":"1 Gi"}}]}}'],
    ['a divisor', '{"spec":{"containers":[{"env":[{"valueFrom":{"resourceFieldRef":{"resource":"limits.cpu","divisor":"x"}}}]}]}}'],
  ] as const) {
    it(`of ${where} that is none is refused where it is read`, () => assert.throws(() => decode(text), { code: 400, message: refused }))
  }

  it('may be a number; a label that is called as one is none', () => {
    const { object } = decode('{"metadata":{"labels":{"limits.cpu":"a","overhead":"b"}},"spec":{"overhead":{"cpu":1,"constructor":"2"}}}')
    assert.deepEqual(object.metadata?.labels, { 'limits.cpu': 'a', overhead: 'b' })
    assert.deepEqual({ ...object.spec?.overhead }, { cpu: '1', constructor: '2' })
  })
})
