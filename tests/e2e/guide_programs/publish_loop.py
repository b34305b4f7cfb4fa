# Written as the deployed service's guide teaches it.
from time import sleep


def run(task, userpub, params):
    for number in range(10):
        print("Sleep 0.01...")
        sleep(0.01)
        userpub.publish(bytes("publish from job %d" % number, "utf-8"))
    return {"result": params}
