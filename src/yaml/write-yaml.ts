import { DUMP_SCHEMA, dump, type ScalarTagDefinition } from 'js-yaml'

const schema = DUMP_SCHEMA.withTags(
  DUMP_SCHEMA.tags
    .filter((tag): tag is ScalarTagDefinition => tag.nodeKind === 'scalar' && tag.tagName === 'tag:yaml.org,2002:int')
    // Whole numbers that a double does not hold are numbers too.
    .map((tag) => ({ ...tag, identify: (value: unknown) => typeof value === 'bigint' || tag.identify(value), represent: String })),
)

/** A value as YAML, written so that readers of YAML 1.1 and 1.2 both read what it is: text such as `yes` and `0440` is quoted. */
export const writeYaml = (value: unknown): string => dump(value, { schema, lineWidth: -1, noRefs: true })
