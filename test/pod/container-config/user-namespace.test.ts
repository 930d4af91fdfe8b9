import assert from 'node:assert/strict'
import { test } from 'node:test'
import { needsUserNamespace } from '../../../actors/pod/container-config/user-namespace.ts'
import type { EngineInfo } from '../../../src/engine/engine.ts'
import { aPod } from '../../support/builders.ts'

const info = (changed: Partial<EngineInfo>): EngineInfo => ({ name: 'e', version: '1', cgroupDriver: 'none', cgroupVersion: 2, imageFsPath: '', ...changed })
const handler = (name: string, userNamespaces: boolean) => ({ name, userNamespaces, recursiveReadOnlyMounts: false })
const mapped = info({ runtimeHandlers: [handler('', true), handler('kata', false), handler('crun', true)] })
const pod = (hostUsers?: boolean) => aPod().with({ hostUsers }).build()

test('a pod has ids of its own where it wants them and its runtime can', () => {
  assert.equal(needsUserNamespace(pod(), mapped), false)
  assert.equal(needsUserNamespace(pod(true), mapped), false)
  assert.equal(needsUserNamespace(pod(false), mapped), true)
  assert.equal(needsUserNamespace(pod(false), mapped, 'crun'), true)
  assert.equal(needsUserNamespace(pod(false), info({ userNamespaces: true })), false, 'an engine that sees to it itself')
})

test('where the runtime cannot, it is refused in the kubelet’s words', () => {
  const plain = "can't set `spec.hostUsers: false`, runtime does not support user namespaces"
  assert.throws(() => needsUserNamespace(pod(false), info({})), { message: plain })
  assert.throws(() => needsUserNamespace(pod(false), info({ runtimeHandlers: [handler('', false)] })), { message: plain })
  for (const name of ['kata', 'absent'])
    assert.throws(() => needsUserNamespace(pod(false), mapped, name), {
      message: `can't set \`spec.hostUsers: false\`, RuntimeClass handler "${name}" does not support user namespaces`,
    })
})
