import { Gauge, type Registry } from 'prom-client'

/** Answers how to tell whether a lease is held by this process. */
export function leaderMetrics(registry: Registry): (lease: string, isHeld: boolean) => void {
  const gauge = new Gauge({
    name: 'leader_election_master_status',
    help: "Gauge of if the reporting system is master of the relevant lease, 0 indicates backup, 1 indicates master. 'name' is the string used to identify the lease. Please make sure to group by name.",
    labelNames: ['name'],
    registers: [registry],
  })
  return (name, isHeld) => gauge.set({ name }, isHeld ? 1 : 0)
}
