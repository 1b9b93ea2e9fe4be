"""A gRPC server with the standard health service, plain on one port and with TLS on another."""

import pathlib
import sys
import threading
from concurrent import futures

import grpc
from grpc_health.v1 import health, health_pb2, health_pb2_grpc

certificates = pathlib.Path(__file__).parent / "certificates"
server = grpc.server(futures.ThreadPoolExecutor(4))
servicer = health.HealthServicer()
health_pb2_grpc.add_HealthServicer_to_server(servicer, server)
for service, status in ("", "SERVING"), ("up", "SERVING"), ("down", "NOT_SERVING"):
    servicer.set(service, health_pb2.HealthCheckResponse.ServingStatus.Value(status))
pair = (certificates / "good.key").read_bytes(), (certificates / "good.pem").read_bytes()
server.add_insecure_port(f"127.0.0.1:{sys.argv[1]}")
server.add_secure_port(f"127.0.0.1:{sys.argv[2]}", grpc.ssl_server_credentials([pair]))
server.start()
threading.Event().wait()
