// The API for people, from /openapi.json: nothing is fetched from elsewhere.
import { el } from "./dom.js";

const table = (rows) => el("table", {}, ...rows.map(([name, text]) => el("tr", {}, el("th", { scope: "row" }, name), el("td", {}, text))));

const answer = await fetch("/openapi.json");
const api = await answer.json();
const operations = Object.entries(api.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({ path, method, ...operation })));

document.getElementById("docs").replaceChildren(
  el("h1", {}, `${api.info.title} ${api.info.version}`),
  el("p", {}, api.info.description),
  el("p", {}, el("a", { href: "/" }, "The page"), " · ", el("a", { href: "/openapi.json" }, "OpenAPI")),
  ...operations.map(section),
  el("h2", {}, "What is sent and answered"),
  ...Object.entries(api.components.schemas).map(([name, schema]) =>
    el("details", {}, el("summary", { id: name }, name), el("p", {}, schema.description ?? ""), json(schema.properties ?? schema))),
);

function section({ path, method, description, parameters = [], requestBody, responses, security = [] }) {
  const needs = security.some((each) => "token" in each) ? security.length > 1 ? "A token, if the server has one." : "A token." : "";
  return el("section", {},
    el("h2", {}, el("b", {}, method.toUpperCase()), path),
    el("p", {}, [description, needs].filter(Boolean).join(" ")),
    parameters.length > 0 ? table(parameters.map((each) => [each.name, each.description ?? each.schema?.description ?? ""])) : "",
    requestBody ? table(Object.entries(requestBody.content).map(([type, { schema }]) => [type, named(schema)])) : "",
    table(Object.entries(responses).map(([status, { description: meaning, content }]) =>
      [status, [meaning, named(Object.values(content ?? {})[0]?.schema)].filter(Boolean).join(": ")])),
  );
}

/** The name of a schema, or of those that it may be. */
function named(schema) {
  const some = schema?.anyOf ?? [schema];
  return some.map((each) => each?.$ref?.split("/").at(-1)).filter(Boolean).join(" or ");
}

function json(value) {
  return el("pre", { tabIndex: 0 }, JSON.stringify(value, null, 1).replaceAll("#/components/schemas/", ""));
}
