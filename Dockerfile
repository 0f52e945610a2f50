# One image for every app: the command says which. Without one, everything runs in a single process on port 8080.
FROM node:24-bookworm-slim AS build
WORKDIR /app
COPY . .
# `npm ci` would insist on development tools for every platform, which not every registry has. No package needs an
# install script: native parts come as prebuilt packages.
RUN npm install --no-save --omit=dev --ignore-scripts --no-fund --no-audit && npm run build

FROM node:24-bookworm-slim
# Nothing else is set here: an app refuses to start with a setting that is not its own.
ENV NODE_ENV=production FOOTFALL_HOST=0.0.0.0
WORKDIR /app
COPY --from=build /app /app
# A volume that is mounted on one of these for the first time takes over its owner.
RUN mkdir -p datalake && cd datalake && mkdir -p tables models spool log keys agent log-index monitor cdc replicas && chown -R node:node .
USER node
EXPOSE 8080 8090 8081 8082 8083 8084
CMD ["node", "scripts/run.mjs", "apps/standalone/src/main.ts"]
