import type { AgentName } from "../../process/services.ts";
import type { Role } from "../role.ts";
import { characterexpert } from "./characterexpert.ts";
import { critic } from "./critic.ts";
import { director } from "./director.ts";
import { factchecker } from "./factchecker.ts";
import { outliner } from "./outliner.ts";
import { plotmaster } from "./plotmaster.ts";
import { rewriter } from "./rewriter.ts";
import { worldbuilder } from "./worldbuilder.ts";
import { worldsmith } from "./worldsmith.ts";
import { writer } from "./writer.ts";

export const roles: Readonly<Record<AgentName, Role>> = {
  worldsmith,
  plotmaster,
  outliner,
  director,
  characterexpert,
  worldbuilder,
  writer,
  critic,
  factchecker,
  rewriter,
};
