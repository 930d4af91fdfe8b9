import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { controlPlaneOptions } from '../../src/cli/controlplane.ts'

let directory: string
before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'audit-flags-'))
})
after(() => rm(directory, { recursive: true }))

const options = (flags: object) => controlPlaneOptions({ stateDir: directory, bindAddress: '127.0.0.1', securePort: '0', ...flags })

test('no audit log is written unless its flag says where to', () => {
  assert.equal('audit' in options({}), false)
  assert.deepEqual(options({ auditLogPath: '-' }), {
    ...options({}),
    audit: { path: '-', rotation: { maxBytes: 100 * 1024 * 1024, maxBackups: 0, maxAgeDays: 0 } },
  })
})

test('how large the log grows, and what is kept of it, is said by whole numbers', () => {
  const { audit } = options({ auditLogPath: '-', auditLogMaxsize: '5', auditLogMaxbackup: '3', auditLogMaxage: '7' }) as { audit?: { rotation?: object } }
  assert.deepEqual(audit?.rotation, { maxBytes: 5 * 1024 * 1024, maxBackups: 3, maxAgeDays: 7 })
  for (const [flag, name] of [
    ['auditLogMaxsize', '--audit-log-maxsize'],
    ['auditLogMaxbackup', '--audit-log-maxbackup'],
    ['auditLogMaxage', '--audit-log-maxage'],
  ] as const)
    for (const value of ['-1', 'many', '1.5']) assert.throws(() => options({ auditLogPath: '-', [flag]: value }), new RegExp(`ConfigError: ${name}`))
})

test('a policy without a log, one that cannot be read and one that is none are refused by the flag', async () => {
  const path = join(directory, 'policy.yaml')
  assert.throws(() => options({ auditPolicyFile: path }), /^UsageError: --audit-policy-file .*--audit-log-path must say where$/)
  assert.throws(() => options({ auditLogPath: '-', auditPolicyFile: path }), /^UsageError: --audit-policy-file .*policy.yaml: ENOENT/)
  await writeFile(path, 'apiVersion: audit.k8s.io/v1\nkind: Policy\nrules: [{level: Everything}]\n')
  assert.throws(() => options({ auditLogPath: '-', auditPolicyFile: path }), /policy.yaml: rules\[0\].level: Unsupported value: "Everything"/)
  await writeFile(path, 'apiVersion: audit.k8s.io/v1\nkind: Policy\nrules: [{level: Metadata}]\n')
  const { audit } = options({ auditLogPath: join(directory, 'audit.log'), auditPolicyFile: path }) as { audit?: { policy?: { rules: object[] } } }
  assert.deepEqual(audit?.policy?.rules, [{ level: 'Metadata' }])
})
