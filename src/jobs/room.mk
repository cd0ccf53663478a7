noinst_LIBRARIES += libjobs.a
libjobs_a_SOURCES = src/jobs/queue.c src/jobs/queue.h
JOBS_LIBS = libjobs.a
