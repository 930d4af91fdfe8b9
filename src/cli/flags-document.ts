import { oldFlags, renamedFlags } from '../config/fates/old-flags.ts'
import { takenFields } from '../config/fates/taken-fields.ts'
import { takenFlags } from '../config/fates/taken-flags.ts'
import { kubeletFields } from '../config/kubelet-fields.ts'
import { flagName } from '../config/node-flags.ts'
import { flagGroups, flagOf } from './flags.ts'

/** `docs/flags.md`: each flag of `podsteward node` and each field of a KubeletConfiguration, whether it is used, and why not. */
export function flagsDocument(): string {
  const used = Object.values(flagGroups).flat()
  const names = new Set(used.map(([syntax]) => flagOf(syntax).slice(2)))
  const fates = (flags: Readonly<Record<string, string>>) => Object.entries(flags).filter(([name]) => !names.has(name))
  const renamed = Object.entries(renamedFlags).map(([name, flag]): [string, string] => [name, `taken as ${flagName(flag)}`])
  return `# Flags and fields

Made from the code by \`npm run docs\`; a test says when it is old. \`podsteward node\` takes every flag of a kubelet 1.36 and those of older ones that unit files
still have; \`_\` in a flag's name is read as \`-\`. What is *taken* has no effect, and the log has one warning for each that says why. A flag that no kubelet ever
had, a field that exists nowhere, a value of a wrong type or out of its range is *refused*: one line that names it, exit code 2. Flags win over \`--config\`, and
over the drop-ins of \`--config-dir\`. [feature-gates.md](feature-gates.md) has the feature gates.

## Flags that are used

${table(['flag', 'what it does', 'default'], used.map(([syntax, about, otherwise]) => [code(syntax), about, otherwise ?? '']).toSorted(byFirst))}

## Flags of a kubelet 1.36 that are taken

${table(
  ['flag', 'why it has no effect'],
  fates(takenFlags)
    .map(([name, why]) => [code(`--${name}`), why])
    .toSorted(byFirst),
)}

## Flags of older kubelets that are taken

${table(['flag', 'what became of it'], [...fates(oldFlags), ...renamed].map(([name, why]) => [code(`--${name}`), why]).toSorted(byFirst))}

## Fields of KubeletConfiguration (kubelet.config.k8s.io/v1beta1)

A zero duration, an empty text and, where the kubelet's own field cannot tell it from nothing, a 0 mean the default. A field that is taken is warned of only when
it asks for something else than the default.

${table(['field', ''], fields())}
`
}

function fields(): string[][] {
  const parts = Object.entries(takenFields).filter(([path]) => path.includes('.'))
  const rows = Object.keys(kubeletFields.shape).map((name) => {
    const fate = Object.hasOwn(takenFields, name) ? takenFields[name] : undefined
    return [code(name), fate ? `taken: ${fate.why}` : 'used']
  })
  return [...rows, ...parts.map(([path, { why }]) => [code(path), `taken: ${why}`])].toSorted(byFirst)
}

const code = (text: string): string => `\`${text.replaceAll('|', '\\|')}\``
const byFirst = ([a = '']: readonly string[], [b = '']: readonly string[]): number =>
  a.replace(/^`-v, /, '`').toLowerCase() < b.replace(/^`-v, /, '`').toLowerCase() ? -1 : 1
const row = (cells: readonly string[]): string => `| ${cells.map((cell) => cell.replace(/(?<!\\)\|/g, '\\|')).join(' | ')} |`

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return [row(head), `|${' --- |'.repeat(head.length)}`, ...rows.map(row)].join('\n')
}
