import assert from 'node:assert/strict'
import { test } from 'node:test'
import { controlPlaneCommand } from '../../src/cli/commands.ts'
import { controlPlaneOptions } from '../../src/cli/controlplane.ts'
import { UsageError } from '../../src/cli/failure.ts'

const asTyped = (...words: string[]) => {
  const command = controlPlaneCommand().exitOverride()
  command.configureOutput({ writeErr: () => {} }).parseOptions(words)
  return controlPlaneOptions(command.opts()).components
}

test('all controllers, the scheduler and the election are on unless flags say otherwise', () => {
  assert.deepEqual(asTyped(), { controllers: ['*'], scheduler: 'default', leaderElect: true })
  const given = asTyped('--controllers', '*,-cronjob', '--scheduler', 'none', '--leader-elect=false')
  assert.deepEqual(given, { controllers: ['*', '-cronjob'], scheduler: 'none', leaderElect: false })
  assert.deepEqual(asTyped('--controllers', '-', '--leader-elect'), { controllers: ['-'], scheduler: 'default', leaderElect: true })
  assert.deepEqual(asTyped('--controllers', '-cronjob')?.controllers, ['-cronjob'])
})

test('a mistyped one is refused by the name of its flag', () => {
  for (const [words, message] of [
    [['--controllers', '*,-cronjobs'], /^--controllers: "cronjobs" is not in the list of known controllers: /],
    [['--leader-elect', 'maybe'], /--leader-elect/],
  ] as const)
    assert.throws(
      () => asTyped(...words),
      (error: Error) => error instanceof Error && message.test(error.message),
    )
  assert.throws(() => asTyped('--controllers', 'x'), UsageError)
  assert.throws(() => asTyped('--scheduler', 'kube'), /--scheduler/)
})
