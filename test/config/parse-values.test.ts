import assert from 'node:assert/strict'
import { test } from 'node:test'
import { asBytes, asEndpoint, asEnforced, asFirstUrl, asOneOf, asRuntimeEndpoint } from '../../src/config/parse-values.ts'

const source = '--flag'
const engine = asOneOf('an engine', ['docker', 'cri', 'simulated'])
const table: [parse: (source: string, value: string) => unknown, value: string, expected: unknown][] = [
  [engine, 'simulated', 'simulated'],
  [asBytes, '10Mi', 10 * 1024 ** 2],
  [asEnforced, 'pods,none', true],
  [asEnforced, 'none', false],
  [asEndpoint, '/run/docker.sock', 'unix:///run/docker.sock'],
  [asRuntimeEndpoint, '/run/containerd/containerd.sock', 'unix:///run/containerd/containerd.sock'],
  [asRuntimeEndpoint, 'unix:/run/crio/crio.sock', 'unix:///run/crio/crio.sock'],
  [asRuntimeEndpoint, 'tcp://127.0.0.1:3735', 'tcp://127.0.0.1:3735'],
  [asEndpoint, 'tcp://host:2375', 'tcp://host:2375'],
  [asFirstUrl, '10.0.0.1:8080,http://other', 'http://10.0.0.1:8080'],
  [asFirstUrl, 'https://api:6443/path', 'https://api:6443'],
]
for (const [parse, value, expected] of table)
  test(`${JSON.stringify(value)} is read as ${JSON.stringify(expected)}`, () => {
    assert.equal(parse(source, value), expected)
  })

const refused: [parse: (source: string, value: string) => unknown, value: string, message: RegExp][] = [
  [engine, 'podman', /^--flag: "podman" is not an engine; use docker, cri or simulated$/],
  [asBytes, '0', /^--flag: "0" is not a size; use for example 10Mi$/],
  [asRuntimeEndpoint, 'npipe:////./pipe/containerd', /^--flag: "npipe.*use unix:\/\/\/run\/containerd\/containerd\.sock$/],
  [asRuntimeEndpoint, 'containerd.sock', /^--flag: "containerd.sock" is not the endpoint/],
  [asEndpoint, 'docker.sock', /^--flag: "docker.sock" is not an endpoint; use unix:/],
  [asFirstUrl, 'ftp://x', /^--flag: "ftp:\/\/x" is not a URL; use one such as/],
  [asFirstUrl, '', /^--flag: "" is not a URL/],
]
for (const [parse, value, message] of refused)
  test(`${JSON.stringify(value)} is refused with what to use instead`, () => {
    assert.throws(() => parse(source, value), { name: 'ConfigError', message })
  })
