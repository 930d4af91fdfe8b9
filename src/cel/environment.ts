import { authorizers } from './library/authorizer.ts'
import type { Library } from './library/definition.ts'
import { namedFormats } from './library/format.ts'
import { ips } from './library/ip.ts'
import { lists } from './library/lists.ts'
import { optional } from './library/optional.ts'
import { quantities } from './library/quantity.ts'
import { regex } from './library/regex.ts'
import { semvers } from './library/semver.ts'
import { sets } from './library/sets.ts'
import { standard } from './library/standard.ts'
import { strings } from './library/strings.ts'
import { urls } from './library/url.ts'
import { type Declarations, declarations } from './types/scope.ts'
import type { CelType } from './types/types.ts'

/** What an expression may name: variables, and all that Kubernetes 1.36 gives to expressions (apiserver/pkg/cel/environment/base.go). */
export interface Environment {
  readonly declarations: Declarations
}

const kubernetes: readonly Library[] = [standard, optional, strings, lists, sets, regex, urls, ips, quantities, semvers, namedFormats, authorizers]

/** An environment with these variables. `struct` is the type that `Name{…}` makes; `more` are further libraries. Keep it: what is compiled is kept with it. */
export function environment(
  variables: Readonly<Record<string, CelType>>,
  struct?: (name: string) => CelType | undefined,
  more: readonly Library[] = [],
): Environment {
  return { declarations: declarations(more.length > 0 ? [...kubernetes, ...more] : kubernetes, variables, struct) }
}
