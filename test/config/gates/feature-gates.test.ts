import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { gatesOf, parseGates } from '../../../src/config/gates/feature-gates.ts'
import { gateNeeds, goneGates, knownGates } from '../../../src/config/gates/known-gates.ts'

const refused: readonly [flag: string | undefined, field: Record<string, boolean> | undefined, message: string][] = [
  ['NoSuchGate=true', undefined, '--feature-gates: unrecognized feature gate: NoSuchGate'],
  [undefined, { Sidecars: true }, 'featureGates: unrecognized feature gate: Sidecars'],
  ['constructor=true', undefined, '--feature-gates: unrecognized feature gate: constructor'],
  ['nodeswap=true', undefined, '--feature-gates: unrecognized feature gate: nodeswap'],
  ['SidecarContainers=false', undefined, '--feature-gates: cannot set feature gate SidecarContainers to false, feature is locked to true'],
  [undefined, { UserNamespacesSupport: false }, 'featureGates: cannot set feature gate UserNamespacesSupport to false, feature is locked to true'],
  [undefined, { GitRepoVolumeDriver: true }, 'featureGates: cannot set feature gate GitRepoVolumeDriver to true, feature is locked to false'],
  ['NodeSwap=false', { NodeSwap: true }, '--feature-gates: cannot set feature gate NodeSwap to false, feature is locked to true'],
  [
    'NodeDeclaredFeatures=false,ExtendWebSocketsToKubelet=false,InPlacePodLevelResourcesVerticalScaling=false,InPlacePodVerticalScalingInitContainers=false',
    undefined,
    '--feature-gates: RestartAllContainersOnContainerExits is enabled, but depends on features that are disabled: [NodeDeclaredFeatures]',
  ],
  [
    undefined,
    { GracefulNodeShutdown: false },
    'featureGates: GracefulNodeShutdownBasedOnPodPriority is enabled, but depends on features that are disabled: [GracefulNodeShutdown]',
  ],
  ['MemoryQoS', undefined, '--feature-gates: malformed pair, expect string=bool: "MemoryQoS"'],
  ['MemoryQoS=yes', undefined, '--feature-gates: invalid value of MemoryQoS: yes, err: strconv.ParseBool: parsing "yes": invalid syntax'],
  ['MemoryQoS=', undefined, '--feature-gates: invalid value of MemoryQoS: , err: strconv.ParseBool: parsing "": invalid syntax'],
]
for (const [flag, field, message] of refused)
  test(`refused as a kubelet refuses it: ${message}`, () => {
    assert.throws(() => gatesOf(flag, field), { name: 'ConfigError', message })
  })

test('gates of the flag go before those of the configuration, and both are taken together', () => {
  assert.deepEqual(gatesOf('MemoryQoS=T, EventedPLEG=0,', { MemoryQoS: false, CRIListStreaming: false }).gates, {
    ...{ MemoryQoS: true, EventedPLEG: false, CRIListStreaming: false },
  })
  assert.deepEqual(gatesOf(undefined, undefined), { gates: {}, warnings: [] })
})

test('a gate at its own value says nothing, another is warned of, so are those that are GA, deprecated, or gone', () => {
  assert.deepEqual(gatesOf('MemoryQoS=false,EnvFiles=true', undefined).warnings, [])
  assert.deepEqual(gatesOf('MemoryQoS=true', { NodeSwap: true, KubeletRegistrationGetOnExistsOnly: true, RotateKubeletClientCertificate: true }).warnings, [
    'featureGates: setting GA feature gate NodeSwap=true. It will be removed in a future release.',
    'featureGates: setting deprecated feature gate KubeletRegistrationGetOnExistsOnly=true. It will be removed in a future release.',
    'featureGates: KubeletRegistrationGetOnExistsOnly=true is taken and not done: what the agent can it does, whatever the gates say',
    'featureGates: feature gate RotateKubeletClientCertificate is of older kubelets: there is nothing to switch any more',
    '--feature-gates: MemoryQoS=true is taken and not done: what the agent can it does, whatever the gates say',
  ])
})

test('AllAlpha and AllBeta are of those that are not named', () => {
  assert.doesNotThrow(() => gatesOf('AllAlpha=true', undefined))
  // All of them are off, and so is what needs them.
  assert.doesNotThrow(() => gatesOf('AllBeta=false', undefined))
  assert.throws(
    () => gatesOf('AllBeta=false,ExtendWebSocketsToKubelet=true', undefined),
    /ExtendWebSocketsToKubelet is enabled, but depends on .*\[NodeDeclaredFeatures\]/,
  )
  assert.throws(() => gatesOf('AllAlpha=true,GenericWorkload=false', undefined), /depends on features that are disabled: \[GenericWorkload\]/)
})

test('no gate is in two lists, and what is needed is known', () => {
  for (const name of goneGates) assert.ok(!knownGates.has(name), name)
  for (const [name, needs] of Object.entries(gateNeeds)) for (const each of [name, ...needs]) assert.ok(knownGates.has(each), each)
})

test('whatever gates are set by their own values, a kubelet starts', () => {
  fc.assert(
    fc.property(fc.subarray([...knownGates.keys()].filter((name) => name !== 'AllAlpha' && name !== 'AllBeta')), (names) => {
      const field = Object.fromEntries(names.map((name) => [name, knownGates.get(name)?.on ?? false]))
      assert.doesNotThrow(() => gatesOf(undefined, field))
    }),
  )
})

test('whatever is given is gates, or refused in one line', () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom('a', '=', ',', '\n', ' ', 't', '1', '"') }), (text) => {
      try {
        parseGates('--feature-gates', text)
      } catch (error) {
        assert.equal((error as Error).name, 'ConfigError')
        assert.doesNotMatch((error as Error).message, /\n/)
      }
    }),
  )
})
