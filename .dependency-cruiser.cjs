/** The walls between folders (shared/design.md, "Who may import whom"). */
const wall = (name, from, to, comment) => ({ name, comment, severity: 'error', from, to })

module.exports = {
  forbidden: [
    wall(
      'kernel-knows-no-kubernetes',
      { path: '^actors/kernel' },
      { path: '^(src|actors)/', pathNot: '^(actors/kernel|src/base)/' },
      'the kernel imports nothing of ours but src/base',
    ),
    wall('base-is-a-leaf', { path: '^src/base' }, { path: '^(src|actors)/', pathNot: '^src/base/' }, 'src/base imports nothing'),
    wall(
      'pod-knows-no-docker',
      { path: '^actors/pod' },
      { path: '^src/engine/', pathNot: '^src/engine/[^/]+[.]ts$' },
      'pod actors see the engine interface alone',
    ),
    wall('src-below-actors', { path: '^src/', pathNot: '^src/(cli|harness|agent)/' }, { path: '^actors/' }, 'only cli, harness and the assembly import actors'),
    wall(
      'controlplane-apart',
      { path: '^(src|actors)/', pathNot: '^src/(cli|harness|controlplane)/' },
      { path: '^src/controlplane/' },
      'the agent never depends on the embedded API server',
    ),
    wall(
      'controlplane-alone',
      { path: '^src/controlplane/' },
      { path: '^(src|actors)/', pathNot: '^src/(controlplane|base|kube)/' },
      'and it depends on nothing of the agent',
    ),
    wall('cli-on-top', { path: '^(src|actors)/', pathNot: '^src/cli/' }, { path: '^src/cli/' }, 'nothing imports the commands'),
    wall('no-circles', {}, { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } }, 'no import cycles'),
  ],
  options: {
    parser: 'swc',
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    doNotFollow: { path: 'node_modules' },
    enhancedResolveOptions: { extensions: ['.ts', '.js', '.json'] },
  },
}
