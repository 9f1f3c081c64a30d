export { takeInventory } from "./take-inventory.ts";
export type { InventoryOptions } from "./take-inventory.ts";
