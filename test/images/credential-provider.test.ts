import assert from 'node:assert/strict'
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { ManualClock } from '../../src/base/manual-clock.ts'
import { readCredentialProviders } from '../../src/config/credential-providers.ts'
import { CredentialProviderPlugin } from '../../src/images/credential-provider.ts'
import { type ImageReference, parseImageReference } from '../../src/images/image-reference.ts'
import { credentialsIn, imageMatches } from '../../src/images/registry-credentials.ts'

const minute = 60_000
const { signal } = new AbortController()
const reference = (text: string) => parseImageReference(text) as ImageReference
const v1 = 'credentialprovider.kubelet.k8s.io/v1'

/** A plugin that is a shell script, with a file of what it was asked. */
async function pluginOf(t: TestContext, script: string, more: object = {}) {
  const directory = await mkdtemp(join(tmpdir(), 'provider-'))
  t.after(() => rm(directory, { recursive: true }))
  await writeFile(join(directory, 'give'), `#!/bin/sh\nread request; echo "$request" >> ${directory}/asked\n${script}\n`)
  await chmod(join(directory, 'give'), 0o755)
  const provider = { name: 'give', matchImages: ['*.example.com'], defaultCacheDuration: '10m', apiVersion: v1, ...more }
  const path = join(directory, 'config.yaml')
  await writeFile(path, JSON.stringify({ apiVersion: 'kubelet.config.k8s.io/v1', kind: 'CredentialProviderConfig', providers: [provider] }))
  const clock = new ManualClock()
  const [read] = readCredentialProviders(path, directory)
  assert.ok(read)
  const plugin = new CredentialProviderPlugin(read, { clock, environment: { FROM_AGENT: 'a', BOTH: 'agent' } })
  const asked = async () => (await readFile(join(directory, 'asked'), 'utf8')).trim().split('\n')
  return { plugin, clock, asked }
}

const answer = (fields: object) => `echo '${JSON.stringify({ kind: 'CredentialProviderResponse', apiVersion: v1, ...fields })}'`
const login = { auth: { '*.example.com': { username: 'u', password: 'p' } } }

test('a plugin is asked by its version of the protocol, with its arguments and variables, and its answer fits the image', async (t) => {
  const response = JSON.stringify({
    kind: 'CredentialProviderResponse',
    apiVersion: 'credentialprovider.kubelet.k8s.io/v1beta1',
    cacheKeyType: 'Image',
    auth: { '*.example.com': { username: 'USER', password: 'p' } },
  })
  const { plugin, asked } = await pluginOf(t, `echo '${response}' | sed "s/USER/$1-$OWN-$FROM_AGENT-$BOTH/"`, {
    apiVersion: 'credentialprovider.kubelet.k8s.io/v1beta1',
    args: ['--say'],
    env: [
      { name: 'OWN', value: 'o' },
      { name: 'BOTH', value: 'plugin' },
    ],
  })
  const image = reference('a.example.com/team/app:1')
  const credentials = credentialsIn([await plugin.credentials(image, signal)], image)
  assert.deepEqual(
    credentials.map(({ username, password }) => [username, password]),
    [['--say-o-a-plugin', 'p']],
  )
  assert.deepEqual(
    (await asked()).map((line) => JSON.parse(line)),
    [{ kind: 'CredentialProviderRequest', apiVersion: 'credentialprovider.kubelet.k8s.io/v1beta1', image: 'a.example.com/team/app' }],
  )
})

const caches: readonly [string, readonly string[], number][] = [
  ['Image', ['a.example.com/x', 'a.example.com/x:2', 'a.example.com/y', 'b.example.com/x'], 3],
  ['Registry', ['a.example.com/x', 'a.example.com/y', 'b.example.com/x'], 2],
  ['Global', ['a.example.com/x', 'b.example.com/y'], 1],
]
for (const [cacheKeyType, images, runs] of caches) {
  test(`an answer cached by ${cacheKeyType} is asked for again for what it does not hold, and when it is over`, async (t) => {
    const { plugin, clock, asked } = await pluginOf(t, answer({ cacheKeyType, cacheDuration: '5m', ...login }))
    for (const image of images) await plugin.credentials(reference(image), signal)
    assert.equal((await asked()).length, runs)
    await clock.advance(5 * minute - 1)
    await plugin.credentials(reference(images[0] ?? ''), signal)
    assert.equal((await asked()).length, runs)
    await clock.advance(1)
    await plugin.credentials(reference(images[0] ?? ''), signal)
    assert.equal((await asked()).length, runs + 1)
  })
}

test('without a duration the configured one holds, and 0 is not kept', async (t) => {
  const { plugin, clock, asked } = await pluginOf(t, answer({ cacheKeyType: 'Global', ...login }))
  const zero = await pluginOf(t, answer({ cacheKeyType: 'Global', cacheDuration: '0s', ...login }))
  const image = reference('a.example.com/x')
  for (const at of [0, 10 * minute - 1]) {
    await clock.advance(at)
    await plugin.credentials(image, signal)
    await zero.plugin.credentials(image, signal)
  }
  assert.deepEqual([(await asked()).length, (await zero.asked()).length], [1, 2])
})

test('pulls of one image at once share one run', async (t) => {
  const { plugin, asked } = await pluginOf(t, answer({ cacheKeyType: 'Image', cacheDuration: '0s', ...login }))
  await Promise.all([1, 2, 3].map(() => plugin.credentials(reference('a.example.com/x'), signal)))
  assert.equal((await asked()).length, 1)
})

const failures: readonly [string, RegExp][] = [
  ['echo no account >&2; exit 3', /credential provider give failed for image a.example.com\/x: exit status 3: no account$/],
  ['echo secret-token', /credential provider give did not answer with JSON$/],
  [answer({ cacheKeyType: 'Image', auth: 'secret-token' }), /did not answer with a CredentialProviderResponse: auth$/],
  [answer({ cacheKeyType: 'Cluster' }), /cacheKeyType "Cluster"; it must be Image, Registry or Global/],
  [answer({ cacheKeyType: 'Image', cacheDuration: 'soon' }), /cacheDuration that is no duration/],
  [
    answer({ cacheKeyType: 'Image' }).replace('k8s.io/v1', 'k8s.io/v2'),
    /answered with apiVersion "credentialprovider.kubelet.k8s.io\/v2"; its configuration says/,
  ],
]
for (const [script, message] of failures) {
  test(`a plugin that says ${script.slice(0, 60)} is told of, without what it gave`, async (t) => {
    const { plugin } = await pluginOf(t, script)
    await assert.rejects(
      plugin.credentials(reference('a.example.com/x'), signal),
      (error: Error) => message.test(error.message) && !error.message.includes('secret'),
    )
  })
}

test('patterns fit by parts of the host, port and the beginning of the path', () => {
  const table: [string, string, boolean][] = [
    ['*.example.com', 'a.example.com/x', true],
    ['*.example.com', 'a.b.example.com/x', false],
    ['*.example.com', 'example.com/x', false],
    ['a*.example.???', 'ab.example.com/x', true],
    ['registry.io:8080/path', 'registry.io:8080/path/x', true],
    ['registry.io:8080/path', 'registry.io/path/x', false],
    ['registry.io/pa', 'registry.io/path', true],
    ['registry.io/path', 'registry.io/other', false],
    ['docker.io', 'busybox', true],
  ]
  for (const [pattern, image, fits] of table) assert.equal(imageMatches(pattern, reference(image)), fits, `${pattern} ${image}`)
})

const refused: readonly [object, RegExp][] = [
  [{ tokenAttributes: {} }, /providers.0.tokenAttributes: there is no such field/],
  [{ matchImages: [] }, /providers.0.matchImages: must have at least one pattern/],
  [{ name: '../sh' }, /providers.0.name: must be the name of a program/],
  [{ name: 'absent' }, /there is no program .*absent; put it into the --image-credential-provider-bin-dir/],
  [{ apiVersion: 'v1' }, /providers.0.apiVersion: must be one of credentialprovider.kubelet.k8s.io\/v1,/],
  [{ defaultCacheDuration: 'soon' }, /providers.0.defaultCacheDuration: "soon" is not a duration/],
]
for (const [fields, message] of refused) {
  test(`a provider with ${JSON.stringify(fields)} is refused, naming the field`, async (t) => {
    await assert.rejects(pluginOf(t, '', fields), { name: 'ConfigError', message })
  })
}
