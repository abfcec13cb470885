// wanem.c — a bad line between two network namespaces: one TAP device in each, and the frames between them delayed, jittered, lost and
// held to a rate. In place of netem, which not every kernel has. Order is kept: jitter does not reorder.
//
// wanem NS_A DEV_A NS_B DEV_B DELAY_MS JITTER_MS LOSS_PERCENT RATE_KBIT [QUEUE_MS]     SIGUSR1: counters on stderr
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>
#define Q 16384
typedef struct { uint64_t due; int len; char *buf; } pkt;
typedef struct { pkt q[Q]; unsigned h, t; uint64_t link_free, last_due; uint64_t in, lost, over, out; } dir;
static dir D[2]; static int fd[2]; static volatile sig_atomic_t dump;
static void on_usr1(int s){ (void)s; dump = 1; }
static uint64_t now(void){ struct timespec t; clock_gettime(CLOCK_MONOTONIC,&t); return t.tv_sec*1000000000ull+t.tv_nsec; }
static int mktap(const char *ns, const char *dev){
  char p[256]; snprintf(p,sizeof p,"/run/netns/%s",ns);
  int n=open(p,O_RDONLY|O_CLOEXEC); if(n<0||setns(n,CLONE_NEWNET)){perror(p);exit(1);} close(n);
  int f=open("/dev/net/tun",O_RDWR|O_NONBLOCK|O_CLOEXEC); struct ifreq r; memset(&r,0,sizeof r);
  r.ifr_flags=IFF_TAP|IFF_NO_PI; strncpy(r.ifr_name,dev,IFNAMSIZ-1);
  if(f<0||ioctl(f,TUNSETIFF,&r)<0){perror("tun");exit(1);} return f; }
int main(int c,char**v){
  if(c<9){fprintf(stderr,"usage: wanem NS_A DEV_A NS_B DEV_B delay_ms jitter_ms loss_pct rate_kbit [queue_ms]\n");return 2;}
  fd[0]=mktap(v[1],v[2]); fd[1]=mktap(v[3],v[4]);
  double delay=atof(v[5])*1e6,jit=atof(v[6])*1e6,loss=atof(v[7])/100,rate=atof(v[8])*1000,qms=c>9?atof(v[9]):200;
  unsigned seed=getenv("WANEM_SEED")?atoi(getenv("WANEM_SEED")):(unsigned)now(); srand48(seed);
  signal(SIGUSR1,on_usr1); int tf=timerfd_create(CLOCK_MONOTONIC,TFD_NONBLOCK|TFD_CLOEXEC);
  fprintf(stderr,"wanem ready seed=%u\n",seed);
  static char b[70000];
  for(;;){
    if(dump){dump=0;for(int i=0;i<2;i++)fprintf(stderr,"dir%d in=%lu lost=%lu over=%lu out=%lu\n",i,D[i].in,D[i].lost,D[i].over,D[i].out);}
    uint64_t nx=0; for(int i=0;i<2;i++) if(D[i].h!=D[i].t){uint64_t d=D[i].q[D[i].h%Q].due; if(!nx||d<nx)nx=d;}
    struct itimerspec it={0}; if(nx){it.it_value.tv_sec=nx/1000000000ull;it.it_value.tv_nsec=nx%1000000000ull; if(!it.it_value.tv_sec&&!it.it_value.tv_nsec)it.it_value.tv_nsec=1;}
    timerfd_settime(tf,TFD_TIMER_ABSTIME,&it,NULL);
    struct pollfd p[3]={{fd[0],POLLIN,0},{fd[1],POLLIN,0},{tf,POLLIN,0}};
    if(poll(p,3,-1)<0&&errno!=EINTR)return 1;
    uint64_t x; if(read(tf,&x,8)){}
    for(int i=0;i<2;i++){
      if(!(p[i].revents&POLLIN))continue;
      dir*d=&D[i]; int n;
      for(int k=0;k<64&&(n=read(fd[i],b,sizeof b))>0;k++){
        d->in++; if(loss>0&&drand48()<loss){d->lost++;continue;}
        uint64_t t=now(),st=t>d->link_free?t:d->link_free;
        if(rate>0){ if((st-t)>(uint64_t)(qms*1e6)){d->over++;continue;} st+=(uint64_t)(n*8e9/rate); d->link_free=st; }
        if(d->t-d->h>=Q){d->over++;continue;}
        uint64_t due=st+(uint64_t)delay+(uint64_t)(jit>0?jit*drand48():0); if(due<d->last_due)due=d->last_due; d->last_due=due;
        pkt*k2=&d->q[d->t++%Q]; k2->due=due;k2->len=n;k2->buf=malloc(n);memcpy(k2->buf,b,n);
      }
    }
    uint64_t t=now();
    for(int i=0;i<2;i++) while(D[i].h!=D[i].t&&D[i].q[D[i].h%Q].due<=t){pkt*k=&D[i].q[D[i].h++%Q]; if(write(fd[!i],k->buf,k->len)>0)D[i].out++; free(k->buf);}
  }
}
