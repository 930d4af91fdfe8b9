/**
 * Writes `tables/` anew from the sources of Kubernetes' API types:
 *   node src/kube/types/generator/main.ts DIRECTORY
 * with checkouts of kubernetes/api, apimachinery, apiextensions-apiserver, kube-aggregator and metrics, all of one release, in that directory.
 */
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type GoPackage, readGoPackage } from './go-source.ts'
import { type SourcePackage, sourcePackages } from './packages.ts'
import { differences, readProto } from './proto-source.ts'
import { TableLines } from './table-lines.ts'

// What no kind consists of, but requests and answers do.
const asked: Readonly<Record<string, readonly string[]>> = {
  'meta/v1': ['ObjectMeta', 'ListMeta', 'LabelSelector', 'Condition', 'WatchEvent', 'Preconditions', 'APIResourceList', 'APIGroupList'],
  'autoscaling/v1': ['Scale'],
}
// Kinds by their form that nothing is sent as.
const unused =
  /^(?:Internal|RangeAllocation|SerializedReference|PodStatusResult|Table@?|TableOptions|TableRow|List$|Timestamp|Verbs|ExtraValue|FieldsV1|(?:Micro)?Time |TypeMeta|Duration|JSON$|JSONSchemaPropsOr)/

const [, , root] = process.argv
if (!root) throw new Error('usage: node src/kube/types/generator/main.ts DIRECTORY')
const directoryOf = ({ repository, path }: SourcePackage) => join(root, repository, path)
const sources = new Map(sourcePackages.map((each): [string, GoPackage] => [each.name, readGoPackage(directoryOf(each))]))

const wanted = new Map<string, Set<string>>()
for (const [name, types] of Object.entries(asked)) wanted.set(name, new Set(types))
const written = new Map<string, readonly string[]>()
for (let before = -1, now = 0; before !== now; ) {
  before = now
  now = 0
  for (const [name, source] of sources) {
    const { lines, foreign } = new TableLines(name, source).lines(wanted.get(name) ?? new Set())
    written.set(
      name,
      lines.filter((line) => !unused.test(line)),
    )
    for (const full of foreign) {
      const at = full.lastIndexOf('.')
      const types = wanted.get(full.slice(0, at)) ?? new Set()
      wanted.set(full.slice(0, at), types.add(full.slice(at + 1)))
    }
  }
  for (const types of wanted.values()) now += types.size
}

for (const each of sourcePackages) {
  const proto = join(directoryOf(each), 'generated.proto')
  if (existsSync(proto))
    for (const line of differences(written.get(each.name) ?? [], readProto(readFileSync(proto, 'utf8')))) console.error(`${each.name}: ${line}`)
}

const tables = join(import.meta.dirname, '..', 'tables')
rmSync(tables, { recursive: true, force: true })
mkdirSync(tables)
const groups = Map.groupBy(written, ([name]) => name.split('/')[0] ?? '')
for (const [group, versions] of groups) {
  const body = versions.map(([name, lines]) => `  ${name.split('/')[1]}: \`\n${lines.join('\n')}\n\`,\n`).join('')
  writeFileSync(
    join(tables, `${group}.ts`),
    `/** The types of ${group}, by version. Written by ../generator from the sources of Kubernetes; the form: ../read-table.ts. */\nexport const ${group} = {\n${body}} as const\n`,
  )
}
const names = [...groups.keys()]
const imports = names.map((group) => `import { ${group} } from './${group}.ts'\n`).join('')
const body = names.map((group) => `  ${group},\n`).join('')
writeFileSync(
  join(tables, 'tables.ts'),
  `${imports}\n/** All types: lines by group and version. Written by ../generator. */\nexport const tables: Readonly<Record<string, Readonly<Record<string, string>>>> = {\n${body}}\n`,
)
console.log(`${groups.size} groups, ${[...written.values()].flat().length} types`)
