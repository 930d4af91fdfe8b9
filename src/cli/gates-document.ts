import { gateNeeds, goneGates, knownGates } from '../config/gates/known-gates.ts'

/** `docs/feature-gates.md`: each feature gate of a kubelet 1.36. */
export function gatesDocument(): string {
  const rows = [...knownGates]
    .toSorted(([a], [b]) => (a.toLowerCase() < b.toLowerCase() ? -1 : 1))
    .map(
      ([name, { stage, on, locked }]) =>
        `| \`${name}\` | ${stage} | ${on ? 'on' : 'off'}${locked ? ', locked' : ''} | ${(gateNeeds[name] ?? []).map((each) => `\`${each}\``).join(', ')} |`,
    )
  return `# Feature gates

Made from the code by \`npm run docs\`; a test says when it is old. \`--feature-gates\` and \`featureGates\` are read as a kubelet 1.36 reads them, so that a node's settings that a kubelet
would not start with are told of here too. They switch nothing: what the agent can it does, whatever the gates say; a gate that is set to another value than its own is warned of.

- A gate that no kubelet ever had is refused: \`unrecognized feature gate: X\`.
- One that is locked is refused with any other value: \`cannot set feature gate X to false, feature is locked to true\`.
- One that needs others is refused where they are off: \`X is enabled, but depends on features that are disabled: [Y]\`.
- One that is GA or deprecated is warned of.
- One of older kubelets, which 1.36 refuses, is taken with a warning (at the end).

| gate | stage in 1.36 | by itself | needs |
| --- | --- | --- | --- |
${rows.join('\n')}

## Of older kubelets

${[...goneGates].map((name) => `\`${name}\``).join(', ')}
`
}
