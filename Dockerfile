FROM node:20-bookworm-slim AS build
WORKDIR /app
COPY . .
# `npm ci` would insist on development tools for every platform, which not every registry has.
RUN npm install --no-save --omit=dev --ignore-scripts && npm run build

FROM node:20-bookworm-slim
ENV NODE_ENV=production FOOTFALL_HOST=0.0.0.0 FOOTFALL_STORAGE_DIR=/data
WORKDIR /app
COPY --from=build --chown=node:node /app /app
RUN mkdir /data && chown node:node /data
USER node
VOLUME /data
EXPOSE 8080
CMD ["node", "--import", "tsx", "apps/standalone/src/main.ts"]
