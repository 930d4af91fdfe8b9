/** kube-scheduler's minFeasibleNodesToFind and its least percentage. */
const fewest = 100
const leastPercentage = 5

/** How many nodes that will do are enough, of so many (percentageOfNodesToScore unset): all of a small cluster, from half down to a twentieth of a large one. */
export function nodesToFind(total: number): number {
  if (total < fewest) return total
  const percentage = Math.max(leastPercentage, Math.trunc(50 - total / 125))
  return Math.max(fewest, Math.trunc((total * percentage) / 100))
}
