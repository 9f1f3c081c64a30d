export { type Taking, beginInventory, takeInventory } from "./take-inventory.ts";
